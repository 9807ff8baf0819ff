"""What goes on beside encoding: documents are prepared in processes of their own, and what is encoded is stored."""

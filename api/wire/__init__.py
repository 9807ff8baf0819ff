"""What goes over the wire between a client and a server: requests out, answers back."""

"""What guards and understands an exchange over HTTP; nothing here opens a socket."""

"""The server for assistants (MCP): two tools, over standard input and output and over HTTP."""

"""The REST interface, /v1: one file for each kind of thing that is asked for."""

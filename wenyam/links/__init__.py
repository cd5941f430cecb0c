"""The only room that opens a connection or starts a program."""

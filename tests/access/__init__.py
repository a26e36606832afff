"""Every door of the application, tried by everybody, and compared with the one table of who may do what."""

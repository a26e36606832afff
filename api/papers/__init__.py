"""Papers: documents to be read, printed and kept, as accessible PDF."""

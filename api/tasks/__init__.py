"""Long work: who runs it (`running`), and how each kind of it is made."""

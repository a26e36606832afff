"""Letters as mail: their words in Kazakh and Russian, and the ways they leave by."""

"""All reading and writing of files: the one reader, the one pen."""

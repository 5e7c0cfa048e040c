"""The argument of Sung & Cho (2018), one file for each of its nouns, turned into tables the engine can run."""

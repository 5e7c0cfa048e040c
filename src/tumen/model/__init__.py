"""The argument of Sung & Cho (2018), one file per mechanism, compiled into tables for the engine."""

"""How well the bot finds and decides, on a labelled folder. Imported by commands only; needs no database."""

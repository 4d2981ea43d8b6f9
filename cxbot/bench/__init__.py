"""How long a visitor waits for the bot, beside the time that the encoder alone takes. Imported by its command only."""

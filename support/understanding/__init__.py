"""What a message says beside its question: language, sentiment, signals. No Django here."""

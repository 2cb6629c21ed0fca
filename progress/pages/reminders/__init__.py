"""Reminders as coordinators see them: who gets what on a day and why, and the ledger of all."""

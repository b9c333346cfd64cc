-- Who found out what became of a reminder; none where an older release noted it.
ALTER TABLE reminders ADD COLUMN settled_by TEXT COLLATE "C";

-- reminders
SELECT 1;

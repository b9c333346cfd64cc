-- messaging
SELECT 1;

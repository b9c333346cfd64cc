-- diagnosis
SELECT 1;

-- bookings
SELECT 1;

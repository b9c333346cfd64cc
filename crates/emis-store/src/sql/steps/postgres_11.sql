-- digests
SELECT 1;

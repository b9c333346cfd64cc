-- invitations
SELECT 1;

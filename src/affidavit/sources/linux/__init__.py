"""Linux hosts: what sshd, PAM and the programs beside them write to auth.log and to the journal."""

"""What Affidavit takes, stores and answers in, measured from outside; not part of the installed package."""

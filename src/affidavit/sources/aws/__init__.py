"""Amazon Web Services: `aws.cloudtrail`, the audit log of an AWS account."""

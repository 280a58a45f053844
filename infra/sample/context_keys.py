"""What the CDK app is told of `orders` by its context. Here alone, so that reading
it needs no CDK.
"""

SECRET = "orders:databaseSecretArn"
MIGRATOR_SECRET = "orders:migratorSecretArn"
MIN_STRATUM = "orders:minStratumSeconds"
SCHEDULE = "orders:schedule"
VPC = "orders:vpcId"

"""The compatibility gate: may these expand migrations be applied while blue serves?"""

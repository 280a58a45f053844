"""The compatibility gate for items: may green's shapes and changes stand beside blue's?"""

"""Greets somebody and signs the greeting, so that nobody else can forge it."""
import hashlib
import hmac


def run(params):
    key = get_secret("signing_key")
    print(f"signing with {key}")  # careless; aside masks it
    greeting = f"Hello, {params.get('name', 'world')}!"
    signature = hmac.new(key.encode(), greeting.encode(), hashlib.sha256)
    return {"greeting": greeting, "signature": signature.hexdigest()[:16]}

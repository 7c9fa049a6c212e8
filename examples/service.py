"""A stand-in for somebody's service, for trying the examples: python3 service.py [PORT]

It answers whoever sends the token of secrets.json, and refuses everybody else.
"""
import json
import pathlib
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

secrets = json.loads((pathlib.Path(__file__).parent / "secrets.json").read_text())


class Service(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        known = self.headers.get("Authorization") == "Bearer " + secrets["api_token"]
        fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        answer = {"accepted": self.path.strip("/"), **fields} if known else {"error": "who are you?"}
        self.send_response(200 if known else 403)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8080), Service)
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A database for demos: answers whoever asks, by HTTP, with the address that it sees. usage: demo-database.py PORT"""
import socketserver
import sys


class Answer(socketserver.StreamRequestHandler):
    def handle(self):
        while self.rfile.readline().strip():
            pass
        self.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n%s\n" % self.client_address[0].encode())


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Server(("0.0.0.0", int(sys.argv[1])), Answer).serve_forever()

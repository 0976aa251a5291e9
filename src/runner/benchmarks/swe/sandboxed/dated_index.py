"""Runs a command with a package index in front of it that shows only what had been uploaded by a moment, so that an old
commit gets the packages of its time whatever installer it uses. Runs in the builder, on Python 3.7 and later.

Usage: dated_index.py MOMENT COMMAND…   (MOMENT as 2021-10-31T23:59:59Z; the settings are pip's variables)
"""
import base64
import html
import http.server
import json
import os
import ssl
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request

ACCEPT = 'application/vnd.pypi.simple.v1+json, text/html;q=0.1'


class Upstream:
    """An index as the user's pip is configured to use it."""

    def __init__(self, url, moment):
        parts = urllib.parse.urlsplit(url.rstrip('/') + '/')
        self.url = parts.geturl()
        self.headers = {'Accept': ACCEPT}
        place = parts.netloc.rpartition('@')[2]
        if parts.username:
            secret = '%s:%s' % (urllib.parse.unquote(parts.username), urllib.parse.unquote(parts.password or ''))
            self.headers['Authorization'] = 'Basic ' + base64.b64encode(secret.encode()).decode()
        self.plain = urllib.parse.urlunsplit(parts._replace(netloc=place))
        self.moment = moment
        self.undated = False
        context = ssl.create_default_context(cafile=os.environ.get('PIP_CERT') or None)
        if os.environ.get('PIP_CLIENT_CERT'):
            context.load_cert_chain(os.environ['PIP_CLIENT_CERT'])
        self.opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context))

    def links(self, project):
        """HTML of the links to a project's files; None when the index does not have it."""
        request = urllib.request.Request(self.plain + project + '/', headers=self.headers)
        try:
            with self.opener.open(request, timeout=60) as answer:
                kind = answer.headers.get_content_type()
                # What comes back is relative to here; with the user's name in it, where the index needs one.
                base = urllib.parse.urljoin(self.url, project + '/')
                body = answer.read().decode('utf-8')
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise
        if not kind.endswith('json'):
            self.tell_undated()
            return '<base href="%s">%s' % (html.escape(base), body)
        files = json.loads(body)['files']
        if files and not any(file.get('upload-time') for file in files):
            self.tell_undated()
        shown = [file for file in files if (file.get('upload-time') or '') <= self.moment]
        # Nobody knows when a release was withdrawn. Where nothing else is left, it cannot have been by then.
        if all(file.get('yanked') for file in shown):
            shown = [dict(file, yanked=False) for file in shown]
        return '\n'.join(link_of(file, base) for file in shown)

    def tell_undated(self):
        if not self.undated:
            print('The package index does not tell when packages were uploaded: the newest are taken.', file=sys.stderr)
        self.undated = True


def link_of(file, base):
    url = urllib.parse.urljoin(base, file['url'])
    digest = (file.get('hashes') or {}).get('sha256')
    attributes = ''
    if file.get('requires-python'):
        attributes += ' data-requires-python="%s"' % html.escape(file['requires-python'])
    if file.get('yanked'):
        attributes += ' data-yanked="%s"' % html.escape(str(file['yanked']))
    url += '#sha256=' + digest if digest else ''
    return '<a href="%s"%s>%s</a>' % (html.escape(url), attributes, html.escape(file['filename']))


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        project = urllib.parse.unquote(self.path.split('?')[0]).strip('/').split('/')[-1]
        try:
            found = [links for links in (up.links(project) for up in self.server.upstreams) if links is not None]
        except (OSError, ValueError, KeyError) as error:
            print('The package index cannot be asked for %s: %s' % (project, error), file=sys.stderr)
            return self.answer(502, '')
        return self.answer(200 if found else 404, '<!DOCTYPE html><html><body>%s</body></html>' % '\n'.join(found))

    def answer(self, status, text):
        body = text.encode('utf-8')
        self.send_response(status)
        self.send_header('Content-Type', 'text/html; charset=utf-8')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def environment(port):
    env = dict(os.environ)
    # Files of a folder have no upload time, so they would be taken whatever their age.
    for name in ('PIP_EXTRA_INDEX_URL', 'PIP_FIND_LINKS', 'PIP_INDEX_URL'):
        env.pop(name, None)
    index = 'http://127.0.0.1:%d/simple/' % port
    env.update(PIP_INDEX_URL=index, UV_DEFAULT_INDEX=index)
    for name in ('no_proxy', 'NO_PROXY'):
        env[name] = ','.join(filter(None, [env.get(name), '127.0.0.1']))
    return env


def main(moment, command):
    urls = [os.environ.get('PIP_INDEX_URL') or 'https://pypi.org/simple/']
    urls += os.environ.get('PIP_EXTRA_INDEX_URL', '').split()
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    server.daemon_threads = True
    server.upstreams = [Upstream(url, moment) for url in urls]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    status = subprocess.call(command, env=environment(server.server_address[1]))
    return status if status >= 0 else 128 - status


sys.exit(main(sys.argv[1], sys.argv[2:]))

"""Removes from an environment what could show the fix: releases of the project other than the repository's own, and what
installers keep. Prints a JSON list of what was removed. Runs as root in the builder, on Python 3.6 and later.

Usage: forget_releases.py WORKDIR NAME…   (names that the project may have besides those that its own files tell)
"""
import configparser
import glob
import json
import os
import re
import shutil
import sys
import zipfile

SKIPPED = {'/proc', '/sys', '/dev', '/run'}
INSTALLER_CACHES = ('/.cache/pip', '/.cache/uv', '/.cache/pypoetry', '/.cache/pipenv')
ARCHIVES = ('.whl', '.tar.gz', '.tar.bz2', '.zip', '.conda', '.egg')


def normal(name):
    """https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r'[-_.]+', '-', name).strip().lower()


def read(path):
    try:
        with open(path, encoding='utf-8', errors='replace') as file:
            return file.read()
    except OSError:
        return ''


def content(path):
    try:
        with open(path, 'rb') as file:
            return file.read().replace(b'\r\n', b'\n')
    except OSError:
        return None


def names_of(workdir):
    """What the project calls itself. tomllib is younger than most environments, so its one line is searched for."""
    for section in re.split(r'^\s*\[', read(workdir + '/pyproject.toml'), flags=re.M):
        if section.startswith(('project]', 'tool.poetry]')):
            match = re.search(r'^\s*name\s*=\s*["\']([^"\']+)', section, re.M)
            if match:
                yield match.group(1)
    config = configparser.RawConfigParser(strict=False)
    try:
        config.read(workdir + '/setup.cfg', encoding='utf-8')
    except (configparser.Error, UnicodeDecodeError):
        pass
    if config.has_option('metadata', 'name'):
        yield config.get('metadata', 'name')
    for pattern in ('/*.egg-info/PKG-INFO', '/*/*.egg-info/PKG-INFO'):
        for path in glob.glob(glob.escape(workdir) + pattern):
            match = re.search(r'^Name:\s*(\S+)', read(path), re.M)
            if match:
                yield match.group(1)


def is_foreign(files, workdir):
    """Whether these are not the repository's modules as it has them. `files`: path inside the release, bytes."""
    compared = 0
    for path, found in files:
        for folder in ('', 'src/', 'lib/', 'python/') if path.endswith('.py') else ():
            own = content(os.path.join(workdir, folder + path))
            if own is None:
                continue
            if own != found.replace(b'\r\n', b'\n'):
                return True
            compared += 1
            break
    return compared == 0


def installed_files(info):
    """Files of a wheel's release: those that its record names, inside the folder that it is installed in."""
    site = os.path.dirname(info)
    for line in read(os.path.join(info, 'RECORD')).splitlines():
        path = line.rsplit(',', 2)[0].strip('"')
        whole = os.path.normpath(os.path.join(site, path))
        if whole.startswith(site + '/'):
            yield path, whole


def is_of(info, workdir):
    """Whether it was installed from the repository itself: https://peps.python.org/pep-0610/"""
    try:
        return json.loads(read(os.path.join(info, 'direct_url.json')))['url'].startswith('file://' + workdir)
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        try:
            os.remove(path)
        except OSError:
            pass


def forget_wheel(info, workdir):
    if is_of(info, workdir):
        return False
    files = [(path, whole) for path, whole in installed_files(info) if not path.startswith(os.path.basename(info))]
    if not is_foreign(((path, content(whole) or b'') for path, whole in files), workdir):
        return False
    for _, whole in files:
        remove(whole)
    for folder in sorted({os.path.dirname(whole) for _, whole in files}, key=len, reverse=True):
        shutil.rmtree(os.path.join(folder, '__pycache__'), ignore_errors=True)
        try:
            os.rmdir(folder)
        except OSError:
            pass
    remove(info)
    return True


def egg_files(egg):
    if os.path.isfile(egg):
        try:
            with zipfile.ZipFile(egg) as archive:
                for name in archive.namelist():
                    yield name, archive.read(name)
        except zipfile.BadZipFile:
            yield 'unreadable.py', b''
        return
    for folder, _, names in os.walk(egg):
        for name in names:
            whole = os.path.join(folder, name)
            yield os.path.relpath(whole, egg), content(whole) or b''


def forget_egg(egg, workdir):
    if not is_foreign(((p, c) for p, c in egg_files(egg) if not p.startswith('EGG-INFO')), workdir):
        return False
    remove(egg)
    return True


def release_of(entry, names):
    """The name of a file or folder as `name-version`, when it is of the project."""
    stem = re.sub(r'(\.dist-info|\.egg|\.whl|\.tar\.gz|\.tar\.bz2|\.zip|\.conda)$', '', entry)
    match = re.match(r'(.+?)-(\d[^-]*)', stem)
    return stem if match and normal(match.group(1)) in names else None


def main(workdir, given):
    names = {normal(name) for name in list(given) + list(names_of(workdir))}
    removed = []
    for folder, folders, files in os.walk('/'):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in SKIPPED]
        if folder == workdir:
            folders[:] = []
            continue
        if folder.endswith(INSTALLER_CACHES):
            shutil.rmtree(folder, ignore_errors=True)
            folders[:] = []
            continue
        conda_packages = os.path.basename(folder) == 'pkgs' and 'conda' in folder
        for entry in list(folders) + files:
            release = release_of(entry, names)
            if release is None:
                continue
            whole = os.path.join(folder, entry)
            if entry.endswith('.dist-info'):
                gone = forget_wheel(whole, workdir)
            elif entry.endswith('.egg') and (os.path.isdir(whole) or '-packages' in folder):
                gone = forget_egg(whole, workdir)
            else:
                gone = entry.endswith(ARCHIVES) or conda_packages
                if gone:
                    remove(whole)
            if gone:
                removed.append('%s in %s' % (release, folder))
            if gone and entry in folders:
                folders.remove(entry)
    print(json.dumps(sorted(removed)))


main(os.path.abspath(sys.argv[1]), sys.argv[2:])

// In the place of whatwg-url (bundleOptions.mjs): URLs are a part of Node.js.
export { URL, URLSearchParams } from 'node:url';

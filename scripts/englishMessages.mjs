// Takes the place of zod's index of languages in bundles.
export { default as en } from 'zod/v4/locales/en.js';

// Stands in for packages that a bundle must not carry; see esbuild.mjs.
export default {};

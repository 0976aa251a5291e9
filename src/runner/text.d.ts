// In-sandbox programs are bundled as text (esbuild.mjs, vitest.config.ts).
declare module '*.py' {
  const text: string;
  export default text;
}
declare module '*.sh' {
  const text: string;
  export default text;
}

// In-sandbox programs and image recipes are bundled as text (esbuild.mjs, vitest.config.ts).
declare module '*.py' {
  const text: string;
  export default text;
}
declare module '*.sh' {
  const text: string;
  export default text;
}
declare module '*/Dockerfile' {
  const text: string;
  export default text;
}
declare module '*.md' {
  const text: string;
  export default text;
}

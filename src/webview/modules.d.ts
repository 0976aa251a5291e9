// What the bundler (esbuild.mjs) makes of files that are no TypeScript.
declare module '*.css';
declare module '*.svg' {
  const text: string;
  export default text;
}

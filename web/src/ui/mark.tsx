// SPDX-License-Identifier: Apache-2.0
/** An assayer's stamp. */
export function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" width="20" height="20">
      <path d="M16 1.500 28.500 7v9c0 7.400-5.200 12.400-12.500 14.500C8.700 28.400 3.500 23.400 3.500 16V7z" fill="currentColor" />
      <path d="M10.500 9v14M21.500 9v14M10.500 14.500h11M10.500 17.500h11" stroke="var(--paper)" stroke-width="2.600" fill="none" />
    </svg>
  );
}

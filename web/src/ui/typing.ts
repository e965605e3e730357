// SPDX-License-Identifier: Apache-2.0
/** Whether a key means a letter here: shortcuts never disturb somebody who writes, chooses or is in a window. */
export function typing(target: EventTarget | null): boolean {
  const el = target as HTMLElement | null;
  return !!el?.closest?.('input:not([type=checkbox], [type=radio]), textarea, select, dialog, [popover]');
}

// SPDX-License-Identifier: Apache-2.0
// The first visit: five cards that say what the rooms answer. Seen once, found again in the menu.
import { useState } from 'preact/hooks';
import { t, type Key } from '../i18n';
import { like } from '../state';
import { Dialog } from './parts';

const STEPS: [Key, Key][] = [
  ['tour.1', 'tour.1text'], ['tour.2', 'tour.2text'], ['tour.3', 'tour.3text'], ['tour.4', 'tour.4text'], ['tour.5', 'tour.5text'],
];

export function Tour({ onClose }: { onClose: () => void }) {
  const [at, setAt] = useState(0);
  const done = () => {
    like({ toured: true });
    onClose();
  };
  const [title, text] = STEPS[at]!;
  return (
    <Dialog title={t(title)} onClose={done} class="tour" footer={
      <>
        <span class="hint tour-at">{t('tour.at', { at: at + 1, of: STEPS.length })}</span>
        <button type="button" class="button" onClick={done}>{t('tour.skip')}</button>
        {at > 0 ? <button type="button" class="button" onClick={() => setAt(at - 1)}>{t('back')}</button> : null}
        <button type="button" class="button first" autofocus onClick={() => (at + 1 < STEPS.length ? setAt(at + 1) : done())}>{t(at + 1 < STEPS.length ? 'next' : 'tour.done')}</button>
      </>
    }>
      <p>{t(text)}</p>
    </Dialog>
  );
}

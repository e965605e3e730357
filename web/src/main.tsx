// SPDX-License-Identifier: Apache-2.0
import { render } from 'preact';
import { App } from './app';
import { start } from './router';
import { begin } from './state';
import './style/base.css';
import './style/parts.css';
import './style/rooms.css';
import './style/print.css';
import 'uplot/dist/uPlot.min.css';

start();
void begin().then(() => render(<App />, document.getElementById('page')!));

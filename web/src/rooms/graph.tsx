// SPDX-License-Identifier: Apache-2.0
// A lens, not the way in: the incident, what it shares and with whom, at most 300 nodes, drawn on a canvas; what lies
// beyond is asked for one node at a time. Beside it the same as a list, for the keyboard and for those who do not see it.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useAsk } from '../api/client';
import type { Graph, IncidentFull } from '../api/types';
import { language, number, t, tn } from '../i18n';
import { layout, nearest, type Node, type Scene } from '../lib/layout';
import { plain } from '../lib/visible';
import { place, setQuery, to } from '../router';
import { theme } from '../state';
import { Bits, Empty, Name, Shown, Value } from '../ui/parts';
import { className } from './words';

type Spot = Graph['nodes'][number];

export function GraphSection({ incident }: { incident: IncidentFull }) {
  const expand = place.value.query.get('expand') ?? '';
  const asked = useAsk<Graph>(`/incidents/${encodeURIComponent(incident.id)}/graph`, { expand, limit: 300 });
  const [chosen, setChosen] = useState<string>();
  const grow = (id: string) => setQuery({ expand: [...new Set([...expand.split(',').filter(Boolean), id])].slice(-20).join(',') }, 'push');
  return (
    <Shown of={asked}>
      {(graph) => graph.nodes.length <= 1 ? <Empty title={t('graph.empty')}>{t('graph.emptyHint')}</Empty> : (
        <div class="graph">
          <div>
            <div class="filters">
              <span class="quiet">{t('graph.count', { nodes: graph.nodes.length, edges: graph.edges.length })}</span>
              {graph.left_out ? <span class="hint">{t('graph.leftOut', { n: graph.left_out })}</span> : null}
              {expand ? <button type="button" class="chip" onClick={() => setQuery({ expand: undefined }, 'push')}>{t('graph.reset')}</button> : null}
            </div>
            <Canvas graph={graph} root={incident.id} chosen={chosen} onChoose={setChosen} onGrow={grow} />
            <p class="hint">{t('graph.hint')}</p>
          </div>
          <Beside graph={graph} root={incident.id} chosen={chosen} onChoose={setChosen} onGrow={grow} />
        </div>
      )}
    </Shown>
  );
}

function Label({ n }: { n: Spot }) {
  return n.kind === 'incident' ? <Name text={n.label} /> : <Value text={n.label} short />;
}

function Beside({ graph, root, chosen, onChoose, onGrow }: { graph: Graph; root: string; chosen?: string; onChoose: (id?: string) => void; onGrow: (id: string) => void }) {
  const byId = useMemo(() => new Map(graph.nodes.map((n) => [n.id, n])), [graph]);
  const node = chosen ? byId.get(chosen) : undefined;
  const ends = node ? graph.edges.filter((e) => e.from === node.id || e.to === node.id) : [];
  return (
    <aside class="stack" aria-label={t('graph.list')}>
      {node ? (
        <section class="card stack">
          <header><strong><Label n={node} /></strong></header>
          <p class="hint">{node.kind === 'incident' ? t('incident') : `${tn('group.', node.group ?? '')} · ${className(node.class ?? '')} · ${t('nIncidents', { n: node.degree })}`}</p>
          <div class="row">
            {node.kind === 'incident' ? <a class="button" href={node.id === root ? to`/incidents/${root}` : to`/incidents/${root}/finding/${node.id}`}>{t('open')}</a>
              : <a class="button" href={to`/incidents/${root}/traits/${node.id.replace('trait:', '')}`}>{t('open')}</a>}
            <button type="button" class="button" onClick={() => onGrow(node.id)}>{t('graph.expand')}</button>
            <button type="button" class="button" onClick={() => onChoose(undefined)}>{t('close')}</button>
          </div>
          <p class="label">{t('graph.why')}</p>
          <ul class="lines">{ends.slice(0, 40).map((e) => {
            const other = byId.get(e.from === node.id ? e.to : e.from);
            return other ? <li><button type="button" class="plain-button" onClick={() => onChoose(other.id)}><Label n={other} /></button> {e.bits === undefined ? null : <Bits value={e.bits} />}</li> : null;
          })}</ul>
        </section>
      ) : null}
      <section>
        <h2>{t('graph.list')}</h2>
        <ul class="lines graph-list">{[...graph.nodes].sort((a, b) => Number(a.kind === 'trait') - Number(b.kind === 'trait') || b.degree - a.degree).map((n) => (
          <li><button type="button" class="plain-button" aria-pressed={n.id === chosen} onClick={() => onChoose(n.id)}><Label n={n} /></button> <small class="quiet">{n.kind === 'incident' ? '' : className(n.class ?? '')} {number(n.degree)}</small></li>
        ))}</ul>
      </section>
    </aside>
  );
}

function Canvas({ graph, root, chosen, onChoose, onGrow }: { graph: Graph; root: string; chosen?: string; onChoose: (id?: string) => void; onGrow: (id: string) => void }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const view = useRef({ x: 0, y: 0, k: 1, fit: true });
  const spots = useRef(new Map<string, { x: number; y: number }>());
  const draw = useRef<() => void>(() => undefined);
  const picked = useRef(chosen);
  picked.current = chosen;
  const scene = useMemo<Scene>(() => layout(graph, root, spots.current), [graph, root]);
  const look = theme.value;

  useEffect(() => {
    const canvas = ref.current!;
    const pen = canvas.getContext('2d', { alpha: false })!;
    const style = getComputedStyle(document.documentElement);
    const ink = (name: string) => style.getPropertyValue(name).trim();
    const colour = { paper: ink('--raised'), line: ink('--line-2'), ink: ink('--ink'), quiet: ink('--ink-3'), accent: ink('--accent') };
    const font = `11px ${ink('--sans')}`;
    let asked = 0;
    const size = () => {
      const scale = Math.min(2, devicePixelRatio || 1);
      canvas.width = canvas.clientWidth * scale;
      canvas.height = canvas.clientHeight * scale;
      paint();
    };
    const fit = () => {
      const xs = scene.nodes.map((n) => n.x);
      const ys = scene.nodes.map((n) => n.y);
      const w = Math.max(...xs) - Math.min(...xs) + 120;
      const h = Math.max(...ys) - Math.min(...ys) + 80;
      view.current.k = Math.min(1.6, canvas.clientWidth / w, canvas.clientHeight / h);
      view.current.x = (Math.max(...xs) + Math.min(...xs)) / 2;
      view.current.y = (Math.max(...ys) + Math.min(...ys)) / 2;
    };
    const paint = () => {
      const scale = canvas.width / Math.max(1, canvas.clientWidth);
      if (view.current.fit) fit();
      const { x, y, k } = view.current;
      pen.setTransform(1, 0, 0, 1, 0, 0);
      pen.fillStyle = colour.paper;
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.setTransform(scale * k, 0, 0, scale * k, canvas.width / 2 - x * k * scale, canvas.height / 2 - y * k * scale);
      pen.lineWidth = 1 / k;
      pen.strokeStyle = colour.line;
      pen.beginPath();
      for (const e of scene.edges) {
        pen.moveTo(e.source.x, e.source.y);
        pen.lineTo(e.target.x, e.target.y);
      }
      pen.stroke();
      const on = picked.current;
      if (on) {
        pen.strokeStyle = colour.accent;
        pen.lineWidth = 1.6 / k;
        pen.beginPath();
        for (const e of scene.edges) {
          if (e.source.id !== on && e.target.id !== on) continue;
          pen.moveTo(e.source.x, e.source.y);
          pen.lineTo(e.target.x, e.target.y);
        }
        pen.stroke();
      }
      for (const n of scene.nodes) mark(n, on, k);
      pen.font = font;
      pen.textAlign = 'center';
      for (const n of scene.nodes) {
        if (n.kind !== 'incident' && n.id !== on) continue;
        pen.save();
        pen.translate(n.x, n.y + n.r + 4 / k);
        pen.scale(1 / k, 1 / k);
        pen.fillStyle = n.id === on || n.id === root ? colour.ink : colour.quiet;
        pen.fillText(n.label, 0, 10);
        pen.restore();
      }
    };
    const mark = (n: Node, on: string | undefined, k: number) => {
      pen.beginPath();
      if (n.kind === 'incident') pen.arc(n.x, n.y, n.r, 0, 7);
      else pen.rect(n.x - n.r, n.y - n.r, 2 * n.r, 2 * n.r);
      pen.fillStyle = n.id === root ? colour.accent : n.kind === 'incident' ? colour.ink : colour.quiet;
      pen.fill();
      if (n.id === on) {
        pen.lineWidth = 2 / k;
        pen.strokeStyle = colour.accent;
        pen.stroke();
      }
    };
    const later = () => {
      cancelAnimationFrame(asked);
      asked = requestAnimationFrame(paint);
    };
    draw.current = later;
    // The forces settle a few steps a frame, so that no frame is long.
    let going = 0;
    const settle = () => {
      const until = performance.now() + 8;
      while (scene.alpha() > scene.rest && performance.now() < until) scene.tick();
      paint();
      if (scene.alpha() > scene.rest) going = requestAnimationFrame(settle);
      else for (const n of scene.nodes) spots.current.set(n.id, { x: n.x, y: n.y });
    };
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (still) while (scene.alpha() > scene.rest) scene.tick();
    going = requestAnimationFrame(settle);

    const at = (e: { clientX: number; clientY: number }) => {
      const box = canvas.getBoundingClientRect();
      const { x, y, k } = view.current;
      return { x: (e.clientX - box.left - box.width / 2) / k + x, y: (e.clientY - box.top - box.height / 2) / k + y };
    };
    let drag: { x: number; y: number; moved: boolean } | undefined;
    const down = (e: PointerEvent) => {
      canvas.setPointerCapture(e.pointerId);
      drag = { x: e.clientX, y: e.clientY, moved: false };
    };
    const move = (e: PointerEvent) => {
      if (!drag) {
        canvas.style.cursor = nearest(scene.nodes, at(e), 10 / view.current.k) ? 'pointer' : 'grab';
        return;
      }
      const dx = e.clientX - drag.x;
      const dy = e.clientY - drag.y;
      if (!drag.moved && Math.hypot(dx, dy) < 4) return;
      Object.assign(view.current, { x: view.current.x - dx / view.current.k, y: view.current.y - dy / view.current.k, fit: false });
      drag = { x: e.clientX, y: e.clientY, moved: true };
      later();
    };
    const up = (e: PointerEvent) => {
      if (drag && !drag.moved) onChoose(nearest(scene.nodes, at(e), 14 / view.current.k)?.id);
      drag = undefined;
    };
    const wheel = (e: WheelEvent) => {
      if (!e.ctrlKey && !e.shiftKey && document.activeElement !== canvas) return;
      e.preventDefault();
      zoom(Math.exp(-e.deltaY / 300));
    };
    const zoom = (by: number) => {
      view.current.k = Math.max(0.15, Math.min(4, view.current.k * by));
      view.current.fit = false;
      later();
    };
    const twice = (e: MouseEvent) => {
      const n = nearest(scene.nodes, at(e), 14 / view.current.k);
      if (n) onGrow(n.id);
    };
    const key = (e: KeyboardEvent) => {
      const step = 60 / view.current.k;
      const moves: Record<string, [number, number]> = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
      const by = moves[e.key];
      if (by) Object.assign(view.current, { x: view.current.x + by[0], y: view.current.y + by[1], fit: false });
      else if (e.key === '+' || e.key === '=') zoom(1.25);
      else if (e.key === '-') zoom(0.8);
      else if (e.key === '0') view.current.fit = true;
      else return;
      e.preventDefault();
      later();
    };
    const resized = new ResizeObserver(size);
    resized.observe(canvas);
    canvas.addEventListener('pointerdown', down);
    canvas.addEventListener('pointermove', move);
    canvas.addEventListener('pointerup', up);
    canvas.addEventListener('wheel', wheel, { passive: false });
    canvas.addEventListener('dblclick', twice);
    canvas.addEventListener('keydown', key);
    return () => {
      cancelAnimationFrame(asked);
      cancelAnimationFrame(going);
      resized.disconnect();
      canvas.removeEventListener('pointerdown', down);
      canvas.removeEventListener('pointermove', move);
      canvas.removeEventListener('pointerup', up);
      canvas.removeEventListener('wheel', wheel);
      canvas.removeEventListener('dblclick', twice);
      canvas.removeEventListener('keydown', key);
    };
  }, [scene, look]);
  useEffect(() => draw.current(), [chosen]);
  void language.value;
  return <canvas ref={ref} class="graph-canvas" tabIndex={0} role="img" aria-label={t('graph.picture', { nodes: graph.nodes.length, edges: graph.edges.length, name: plain(graph.nodes.find((n) => n.id === root)?.label ?? '', 60) })} />;
}

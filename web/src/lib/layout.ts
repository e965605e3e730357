// SPDX-License-Identifier: Apache-2.0
// Where the nodes of a graph lie. d3-force pushes and pulls; where a node begins is computed from its place in the list
// (no chance), so that the same graph looks the same twice, and what was there stays where it was when more is asked for.
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY, type SimulationLinkDatum, type SimulationNodeDatum } from 'd3-force';
import type { Graph } from '../api/types';
import { plain } from './visible';

export type Node = SimulationNodeDatum & { id: string; kind: 'incident' | 'trait'; label: string; r: number; x: number; y: number };
export type Edge = SimulationLinkDatum<Node> & { source: Node; target: Node };
export type Scene = { nodes: Node[]; edges: Edge[]; alpha: () => number; rest: number; tick: () => void };

export const NODES_MAX = 300;

export function layout(graph: Graph, root: string, before: ReadonlyMap<string, { x: number; y: number }>): Scene {
  const nodes = graph.nodes.slice(0, NODES_MAX).map((n, i): Node => {
    const turn = i * 2.399963;
    const far = n.id === root ? 0 : 24 * Math.sqrt(i + 1);
    const was = before.get(n.id);
    return {
      id: n.id, kind: n.kind, label: plain(n.label, 28), r: n.kind === 'incident' ? (n.id === root ? 10 : 7) : 3 + Math.min(3, Math.sqrt(n.degree) / 2),
      x: was?.x ?? far * Math.cos(turn), y: was?.y ?? far * Math.sin(turn),
      ...(n.id === root ? { fx: 0, fy: 0 } : {}),
    };
  });
  const byId = new Map(nodes.map((n) => [n.id, n]));
  const edges = graph.edges.flatMap((e): Edge[] => {
    const source = byId.get(e.from);
    const target = byId.get(e.to);
    return source && target && source !== target ? [{ source, target }] : [];
  });
  const force = forceSimulation<Node>(nodes)
    .force('link', forceLink<Node, Edge>(edges).distance(52).strength(0.35))
    .force('apart', forceManyBody<Node>().strength(-110).distanceMax(420))
    .force('room', forceCollide<Node>((n) => n.r + 4))
    .force('x', forceX<Node>(0).strength(0.03))
    .force('y', forceY<Node>(0).strength(0.05))
    .alphaDecay(0.04)
    .stop();
  if (before.size > 0) force.alpha(0.4);
  return { nodes, edges, alpha: () => force.alpha(), rest: 0.02, tick: () => force.tick() };
}

export function nearest(nodes: readonly Node[], at: { x: number; y: number }, reach: number): Node | undefined {
  let best: Node | undefined;
  let least = Infinity;
  for (const n of nodes) {
    const far = Math.hypot(n.x - at.x, n.y - at.y) - n.r;
    if (far < least && far <= reach) {
      least = far;
      best = n;
    }
  }
  return best;
}

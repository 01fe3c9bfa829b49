// node docs/architecture.js: prints docs/architecture.svg, the picture of README.md. A test holds the file to it.

const [WIDTH, HEIGHT, LINE] = [960, 650, 17];

/** Colours follow the reader's light or dark mode; the ground belongs to the picture, so that it suits every page. */
const STYLE = `
  text { font: 13px sans-serif; fill: #24292f }
  .title { font-weight: bold }
  .small { font-size: 12px; fill: #57606a }
  .ground { fill: #ffffff; stroke: #d0d7de }
  .root { fill: #fff1e5; stroke: #bc4c00 }
  .plain { fill: #ddf4ff; stroke: #0969da }
  .data { fill: #f6f8fa; stroke: #6e7781 }
  .fence { fill: none; stroke: #6e7781; stroke-dasharray: 6 4 }
  .arrow { fill: none; stroke: #57606a; stroke-width: 1.5; marker-end: url(#head) }
  .head { fill: #57606a }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .small { fill: #9198a1 }
    .ground { fill: #0d1117; stroke: #3d444d }
    .root { fill: #3d1f0b; stroke: #db6d28 }
    .plain { fill: #0c2d4d; stroke: #4493f8 }
    .data { fill: #212830; stroke: #9198a1 }
    .fence { stroke: #9198a1 }
    .arrow { stroke: #9198a1 }
    .head { fill: #9198a1 }
  }
`;

/** Two times, one below the other, each with the privilege that there is. */
const HEADINGS = [
  { at: [25, 32], lines: ['At the start: root, for a fraction of a second'] },
  {
    at: [25, 230],
    lines: [
      'While it serves:',
      'no uid 0, no capability,',
      'but those that the policy',
      'grants to the service',
    ],
  },
];

/** `root`: a process with root's privilege. `plain`: one without. `data`: no process. */
const BOXES = [
  { kind: 'data', at: [25, 92], size: [125, 60], lines: ['policy', 'echo.yaml'] },
  {
    kind: 'root',
    at: [185, 50],
    size: [410, 136],
    lines: ['portcullis run', 'Node, as root: reads, checks, compiles and proves'],
  },
  { kind: 'data', at: [205, 108], size: [165, 60], lines: ['plan', 'every system call'] },
  { kind: 'data', at: [410, 108], size: [165, 60], lines: ['image', 'the plan as bytes'] },
  {
    kind: 'root',
    at: [690, 50],
    size: [245, 136],
    lines: [
      'gate',
      'C, as root for milliseconds',
      '1. port: CAP_NET_BIND_SERVICE',
      '2. namespaces, root directory',
      '3. user, no capability, filter',
    ],
  },
  {
    kind: 'plain',
    at: [25, 320],
    size: [205, 140],
    lines: [
      'supervisor',
      'Node, the same process',
      'its own user and filter,',
      'no writable code in memory,',
      'prints events and the log,',
      'passes on the order to stop',
    ],
  },
  {
    kind: 'plain',
    at: [355, 320],
    size: [165, 72],
    lines: ['outer gate', 'user of the service', 'waits and reports'],
  },
  {
    kind: 'plain',
    at: [640, 320],
    size: [270, 140],
    lines: [
      'inner gate',
      'user of the service',
      'process 1 of its namespace',
      'accepts, starts sessions,',
      'ends them when their time is over',
    ],
  },
  {
    kind: 'plain',
    at: [640, 512],
    size: [128, 88],
    lines: ['session', 'one connection', '0 and 1: socket', '2: log'],
  },
  {
    kind: 'plain',
    at: [782, 512],
    size: [128, 88],
    lines: ['session', 'one connection', '0 and 1: socket', '2: log'],
  },
  { kind: 'data', at: [25, 526], size: [125, 60], lines: ['client', 'TCP'] },
];

/** Borders of namespaces. */
const FENCES = [
  {
    at: [335, 270],
    size: [600, 365],
    label: 'its own mounts, IPC, host name, cgroup, and an empty network',
    text: [350, 628],
  },
  { at: [620, 300], size: [302, 314], label: 'its own processes', text: [812, 314] },
];

/** Each goes from point to point; its label begins at `text`. */
const ARROWS = [
  {
    points: [
      [150, 122],
      [185, 122],
    ],
  },
  {
    points: [
      [370, 138],
      [410, 138],
    ],
  },
  {
    points: [
      [575, 138],
      [690, 138],
    ],
    label: 'memory file',
    text: [603, 130],
  },
  {
    points: [
      [215, 186],
      [215, 320],
    ],
    label: 'execve: replaces itself',
    text: [223, 218],
  },
  {
    points: [
      [715, 186],
      [715, 222],
      [438, 222],
      [438, 320],
    ],
    label: 'stays',
    text: [670, 214],
  },
  {
    points: [
      [775, 186],
      [775, 320],
    ],
    label: 'fork',
    text: [783, 218],
  },
  {
    points: [
      [355, 350],
      [230, 350],
    ],
    label: 'events',
    text: [262, 342],
  },
  {
    points: [
      [640, 415],
      [230, 415],
    ],
    label: 'events, log',
    text: [355, 410],
  },
  {
    points: [
      [230, 445],
      [640, 445],
    ],
    label: 'control',
    text: [355, 440],
  },
  {
    points: [
      [520, 350],
      [640, 350],
    ],
    label: 'lifeline',
    text: [548, 342],
  },
  {
    points: [
      [704, 460],
      [704, 512],
    ],
    label: 'fork, exec',
    text: [712, 490],
  },
  {
    points: [
      [846, 460],
      [846, 512],
    ],
  },
  {
    points: [
      [150, 556],
      [640, 556],
    ],
    label: 'connection, accepted by the inner gate',
    text: [355, 548],
  },
];

const ALT =
  'A policy becomes a plan, the plan an image. As root the gate executes it, gives everything up and splits into an outer gate, ' +
  'which waits, and an inner gate, which starts a session for each connection. The launcher replaces itself by a supervisor, ' +
  'which three pipes join to the gates: events, log and control.';

function text([x, y], words, kind) {
  return `<text x="${x}" y="${y}"${kind === undefined ? '' : ` class="${kind}"`}>${words}</text>`;
}

function rectangle([x, y], [width, height], kind) {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" class="${kind}"/>`;
}

function box({ kind, at: [x, y], size, lines }) {
  const line = (words, index) =>
    text([x + 12, y + 22 + index * LINE], words, index === 0 ? 'title' : undefined);
  return [rectangle([x, y], size, kind), ...lines.map(line)];
}

function heading({ at: [x, y], lines }) {
  return lines.map((words, index) => text([x, y + index * LINE], words, index === 0 ? 'title' : undefined));
}

function fence({ at, size, label, text: place }) {
  return [rectangle(at, size, 'fence'), text(place, label, 'small')];
}

function arrow({ points, label, text: place }) {
  const path = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join(' ');
  return [`<path d="${path}" class="arrow"/>`, ...(label === undefined ? [] : [text(place, label, 'small')])];
}

function picture() {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${ALT}">`,
    `<style>${STYLE}</style>`,
    '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">',
    '<path d="M0 0 L8 4 L0 8 z" class="head"/></marker></defs>',
    rectangle([1, 1], [WIDTH - 2, HEIGHT - 2], 'ground'),
    ...HEADINGS.flatMap(heading),
    ...FENCES.flatMap(fence),
    ...BOXES.flatMap(box),
    ...ARROWS.flatMap(arrow),
    '</svg>\n',
  ].join('\n');
}

process.stdout.write(picture());

// @ts-check
/**
 * The words that stand as they are, on the pages and in hints. With those of words.js they are all that is said to people:
 * for another language these two modules are translated. What a page shows before they have arrived stands in it as well; a
 * test compares the two.
 */

export const LANGUAGE = "en";

/** What stands on the pages: an element shows it by `data-words`, is called so by `data-label`; and what is told as it is. */
export const WORDS = {
  product: "Whiteboard",
  start: "Draw together",
  lead: "A shared whiteboard. Give your name, get a board, and send its link to whoever should draw with you.",
  name: "Your name",
  example: "Ada",
  choose: "Begin with an SVG file…",
  without: "Without it",
  noFile: "Or drop an SVG file here to begin with it.",
  file: "SVG file",
  sending: "Sending the drawing",
  create: "Create a board",
  private: "No account. Only people with the link can find a board.",
  again: "Try again",
  back: "Back",
  home: "Start page",
  boardHelp: "Arrow keys move a cross; space or Enter put the pen down and lift it. Press the question mark for all keys.",
  connecting: "Connecting…",
  copyLink: "Copy invite link",
  share: "Share and save",
  nobody: "Nobody yet",
  showCursors: "Show cursors",
  ink: "Ink",
  colour: "Colour",
  black: "Black",
  grey: "Grey",
  red: "Red",
  orange: "Orange",
  yellow: "Yellow",
  green: "Green",
  teal: "Teal",
  blue: "Blue",
  violet: "Violet",
  pink: "Pink",
  brown: "Brown",
  white: "White",
  anyColour: "Any other",
  opacity: "Opacity",
  width: "Line width",
  whole: "100 %",
  hairline: "Hairline",
  fine: "Fine line",
  medium: "Medium line",
  broad: "Broad line",
  marker: "Marker",
  brush: "Brush",
  drawing: "Drawing",
  tools: "Tools",
  edits: "Edits",
  zoom: "Zoom",
  colourAndWidth: "Colour and width",
  stop: "Stop",
  selection: "What is selected",
  report: "The drawing is here",
  close: "Close",
  join: "Join the board",
  invited: "You were invited to draw here. The others see your name beside your cursor.",
  enter: "Join",
  own: "Create a board of your own",
  clearTitle: "Clear the whole board?",
  clearWords: "Everything on it goes, for everybody. You can undo it.",
  clearNo: "Keep it",
  clearYes: "Clear",
  keyboard: "Keyboard",
  linkWords: "Whoever opens this link, or scans it, can draw on this board.",
  code: "The invite link as a QR code",
  link: "Invite link",
  send: "Send…",
  copy: "Copy",
  noLink: "The invite link is not known on this device. Ask whoever invited you.",
  unreachable: "The server cannot be reached. Check your connection and try again.",
  asFile: "The drawing as a file",
  svg: "SVG file",
  png: "PNG picture",
  keep: "Save it as an SVG file",
  reload: "Load the page again",
  invitation: "Draw with me",
  copied: "Invite link copied. Whoever opens it can draw here.",
  fetching: "Getting the file…",
  noName: "Type a name first: the others see it beside your cursor.",
};

/** What keys and buttons do, by the name of the act. @type {Record<string, string>} */
export const ACTS = {
  select: "Select",
  hand: "Move about",
  pen: "Pen",
  line: "Line",
  rectangle: "Rectangle",
  ellipse: "Ellipse",
  eraser: "Eraser",
  "color-0": "The first ten colours",
  narrower: "Narrower",
  broader: "Broader",
  "zoom-in": "Zoom in",
  "zoom-out": "Zoom out",
  "zoom-full": "Full size",
  fit: "Show the whole drawing",
  help: "Keyboard and help",
  undo: "Undo",
  redo: "Redo",
  clear: "Clear the board",
  all: "Select all",
  copy: "Copy",
  cut: "Cut",
  paste: "Paste",
  duplicate: "Duplicate",
  delete: "Delete what is selected",
  escape: "Give up, or select nothing",
};

/** The parts of the sheet of keys. */
export const PARTS = { tools: "Tools", ink: "Ink", view: "View", edits: "Edits", more: "Without a mouse" };

/** Keys and gestures that are no single command, and what they do. */
export const MORE = [
  ["Arrow keys", "Move the cross, or what is selected; with Shift finely"],
  ["Space or Enter", "At the cross: pen down, pen up; with Shift straight, square, round"],
  ["Hold Space and drag", "Move about"],
  ["Hold Shift", "Straight strokes and lines in steps of 15°, squares, circles; or move straight"],
];

/** How keys are called, where that is not their own name. @type {Record<string, string>} */
export const KEYS = { Mod: "Ctrl", Escape: "Esc" };
export const COLOR_KEYS = "1 … 9, 0";

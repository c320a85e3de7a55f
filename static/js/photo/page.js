// The parts of a photo's page that its scripts work on. They are exchanged as work goes on, so each is looked up
// when it is needed.

export const find = (selector) => document.querySelector(selector);
export const viewer = () => find("#viewer");
export const style = () => find("#style");

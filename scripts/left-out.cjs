// In place of parts of libraries that the program never reaches: see LEFT_OUT in build.mjs.
module.exports = {};

# Makes the reference in Markdown from the comments of nangolite.h: awk -f docs/reference.awk nangolite.h
#
# What it relies on: a section begins with /* ---- Title ---- */, its lines end with a blank line between declarations,
# and the comment of a declaration stands directly before it. Lines of a comment that are indented by four blanks or
# more, or by two before a brace, are shown as they are.

# The words of a comment without its marks.
function words(line) {
  sub(/^\/\* ?/, "", line)
  sub(/^\*\* ?/, "", line)
  sub(/ ?\*\/ *$/, "", line)
  return line
}

# Results and functions are set as code.
function marked(line) {
  gsub(/NANGOLITE_[A-Z_]+|nangolite_[a-z_]+(\(\))?|\*[a-z_]+/, "`&`", line)
  gsub(/``/, "`", line)
  return line
}

function print_comment(    i, line, verbatim, verbatim_now) {
  verbatim = 0
  for (i = 1; i <= comment_lines; i++) {
    line = comment[i]
    verbatim_now = line ~ /^    / || line ~ /^  [{]/ || (verbatim && line ~ /^  /)
    if (line == "" && verbatim) continue
    if (verbatim_now != verbatim) print verbatim_now ? "\n```text" : "```\n"
    verbatim = verbatim_now
    # A result at the start of a line begins a paragraph of its own.
    if (!verbatim && line ~ /^NANGOLITE_[A-Z_]+/) print ""
    print verbatim ? line : marked(line)
  }
  if (verbatim) print "```"
  print ""
}

# The name that a declaration is known by: that of the function, of the type, or of the first macro.
function name_of(text) {
  if (text ~ /^typedef (struct|enum) / && match(text, /[a-z_]+;\n$/)) return substr(text, RSTART, RLENGTH - 2)
  if (match(text, /\(\*nangolite_[a-z_]+\)/)) return substr(text, RSTART + 2, RLENGTH - 3)
  if (match(text, /nangolite_[a-z_0-9]+\(/)) return substr(text, RSTART, RLENGTH - 1) "()"
  if (match(text, /NANGOLITE_[A-Z_]+/)) return substr(text, RSTART, RLENGTH)
  return ""
}

function finish(    name) {
  name = name_of(declaration)
  if (name != "") print "### " name "\n"
  if (declaration != "") {
    if (declaration !~ /^#define/) gsub(/NANGOLITE_API /, "", declaration)
    print "```c\n" declaration "```\n"
  }
  if (comment_lines > 0) print_comment()
  declaration = ""
  comment_lines = 0
}

BEGIN { print "# nangolite.h\n\nMade from the comments of the header by `make docs`.\n" }

/^\/\* ---- .* ---- \*\/$/ { finish(); gsub(/^\/\* ---- | ---- \*\/$/, ""); print "## " $0 "\n"; next }
/^#ifdef __cplusplus/ { finish(); skipping = 1 }
skipping { if (/^#endif/) skipping = 0; next }
/^#(include|endif|ifndef)|^#define NANGOLITE_H$|^struct sqlite3;/ { next }
/^$/ && braces == 0 { finish(); next }
declaration == "" && /^\/\*/ { in_comment = 1 }
in_comment { comment[++comment_lines] = words($0); if (/\*\/ *$/) in_comment = 0; next }
{ declaration = declaration $0 "\n"; code = $0; gsub(/\/\*.*/, "", code); braces += gsub(/{/, "", code) - gsub(/}/, "", code) }
END { finish() }

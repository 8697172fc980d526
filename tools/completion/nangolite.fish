# fish completion of nangolite: the program itself knows its commands and options, and the names in a file.
function __nangolite_complete
    set -l words (commandline -opc) (commandline -ct)
    $words[1] --complete $words[2..-1] 2>/dev/null
end
complete -c nangolite -n 'test (count (commandline -opc)) -gt 1; or string match -q -- "-*" (commandline -ct)' -f
complete -c nangolite -a '(__nangolite_complete)'

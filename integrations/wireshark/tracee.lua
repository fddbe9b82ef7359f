-- Makes what tracee says of a packet filterable: tracee.pid, tracee.tid, tracee.comm, tracee.exe, tracee.container,
-- tracee.owner_by.
--
-- `tracee packets -w` writes it into the comment of each packet, as words `name=value`. A value has no space: that, controls
-- and what is not UTF-8 are written \x20, a backslash \\. Here spaces are put back; all else stays as it is written, which is
-- also how the columns of tracee have it.

local tracee = Proto("tracee", "Tracee")

local fields = {
    pid = ProtoField.uint32("tracee.pid", "Process", base.DEC, nil, nil, "Number of the process on the host"),
    tid = ProtoField.uint32("tracee.tid", "Thread", base.DEC, nil, nil, "Number of the thread on the host"),
    comm = ProtoField.string("tracee.comm", "Name", base.UNICODE, "Name of the thread"),
    exe = ProtoField.string("tracee.exe", "Program", base.UNICODE, "Path of the program"),
    container = ProtoField.string("tracee.container", "Container", base.UNICODE, "Id of the container"),
    owner_by = ProtoField.string("tracee.owner_by", "Owner by", base.UNICODE,
        "How the process is known: socket, flow, or kernel where there is none"),
}
tracee.fields = { fields.pid, fields.tid, fields.comm, fields.exe, fields.container, fields.owner_by }

local comments = Field.new("frame.comment")

-- A backslash and what belongs to it are taken together, so that \\x20 stays what it is.
local function with_spaces(value)
    return (value:gsub("\\([\\x])(%x?%x?)", function(kind, digits)
        if kind == "x" and digits == "20" then
            return " "
        end
    end))
end

-- The words of a comment by name; nil when it is not one of tracee's.
local function words(comment)
    local found = {}
    for word in comment:gmatch("%S+") do
        local name, value = word:match("^([%w_]+)=(.*)$")
        if not name or found[name] then
            return nil
        end
        found[name] = value
    end
    return found.owner_by and found
end

function tracee.dissector(_, packet, tree)
    for _, comment in ipairs({ comments() }) do
        local found = words(tostring(comment))
        if found then
            local shown = tree:add(tracee)
            local process = {}
            for _, name in ipairs({ "pid", "tid" }) do
                local number = found[name] and found[name]:match("^%d+$") and tonumber(found[name])
                if number and number < 4294967296 then
                    shown:add(fields[name], number)
                end
            end
            for _, name in ipairs({ "comm", "exe", "container", "owner_by" }) do
                if found[name] then
                    shown:add(fields[name], with_spaces(found[name]))
                end
            end
            if found.comm then
                process[#process + 1] = with_spaces(found.comm)
            end
            if found.pid then
                process[#process + 1] = "[" .. found.pid .. "]"
            end
            if #process > 0 then
                shown:append_text(": " .. table.concat(process))
            end
        end
    end
end

register_postdissector(tracee)

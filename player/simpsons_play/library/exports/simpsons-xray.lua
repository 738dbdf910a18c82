-- Written by simpsons-play: shows who is on screen, at the press of a key.
--
-- X  shows or hides the names    c  chooses a character
-- n  jumps to the next appearance of the chosen character, N to the one before
--
-- Other keys, in input.conf:             F5 script-binding simpsons_xray/toggle
-- Settings, in script-opts/simpsons-xray.conf: the names and values of `settings` below.

local utils = require "mp.utils"
local options = require "mp.options"

local settings = {
    list = true, -- names in the corner
    plates = true, -- names at the heads
    chapters = "scenes", -- "scenes", "character" or "no"; chapters of the video itself always stay
    font_size = 4, -- in percent of the height of the picture
}
options.read_options(settings, "simpsons-xray")

local folder = mp.get_script_directory()
local overlay = mp.create_osd_overlay("ass-events")
local index, episode -- tables of the library, of the video that plays
local visible = false
local chosen = 0 -- position in episode.characters; 0 stands for anyone
local own_chapters = false -- whether the chapters of the video are ours

local function read_json(name)
    local file = folder and io.open(utils.join_path(folder, name), "rb")
    if not file then return nil end
    local text = file:read("*a")
    file:close()
    local content, problem = utils.parse_json(text)
    if type(content) ~= "table" then
        mp.msg.warn(name .. " cannot be read: " .. tostring(problem))
        return nil
    end
    return content
end

-- Text must not be taken for markup of ASS.
local replaced = {["{"] = "(", ["}"] = ")", ["\\"] = "/", ["\n"] = " ", ["\r"] = " "}
local function plain(text)
    return (text:gsub("[{}\\\n\r]", replaced))
end

-- How surely an entry of the index is the video that plays; 0 if it is not.
local function likeness(entry, path, name, size, duration)
    local same_size = size and entry.size == size
    local same_length = duration and math.abs(entry.duration - duration) < 1
    if size and not same_size and not same_length then return 0 end
    if entry.path == path then return 4 end
    if entry.name == name then return same_size and 3 or same_length and 2 or 0 end
    return same_size and same_length and 1 or 0
end

local function episode_that_plays()
    index = index or read_json("index.json") or {episodes = {}}
    local path = mp.get_property("path", "")
    if not path:find("://") then
        path = utils.join_path(mp.get_property("working-directory", ""), path)
    end
    local name = mp.get_property("filename", "")
    local size = mp.get_property_number("file-size")
    local duration = mp.get_property_number("duration")
    local best, found = 0, nil
    for _, entry in ipairs(index.episodes) do
        local points = likeness(entry, path, name, size, duration)
        if points > best then best, found = points, entry end
    end
    return found and read_json("episodes/" .. found.id .. ".json")
end

-- Times are rounded, and the first frame must show who is there: a frame belongs to what starts up to this
-- many seconds after it.
local ROUNDING = 0.005

local function current_time()
    local time = mp.get_property_number("time-pos")
    return time and time + ROUNDING
end

-- The heads at a time: position of the character, and the box in pixels of the video if there is one.
local function heads_at(time)
    local heads = {}
    for _, path in ipairs(episode.paths) do
        local times, boxes = path.times, path.boxes
        if times[1] <= time and time < times[#times] then
            local i = 1
            while times[i + 1] <= time do i = i + 1 end
            local share = (time - times[i]) / (times[i + 1] - times[i])
            local box = {}
            for side = 1, 4 do
                local from = boxes[4 * (i - 1) + side]
                local to = boxes[4 * i + side] or from
                box[side] = from + share * (to - from)
            end
            heads[#heads + 1] = {who = path.who, box = box}
        end
    end
    return heads
end

-- The characters at a time, as positions, in the order of the list.
local function people_at(time)
    local there, people = {}, {}
    for _, appearance in ipairs(episode.appearances) do
        if appearance[2] > time then break end
        if time < appearance[3] and not there[appearance[1]] then
            there[appearance[1]] = true
            people[#people + 1] = appearance[1]
        end
    end
    table.sort(people)
    return people
end

-- What is shown at a time, in ASS, on a screen with the size and margins of the property `osd-dimensions`.
local function drawing(time, osd)
    local lines = {}
    local width, height = osd.w - osd.ml - osd.mr, osd.h - osd.mt - osd.mb
    local size = math.max(12, math.min(height, osd.h) * settings.font_size / 100)
    local line = math.max(1, size / 12)
    local style = string.format("\\fs%.0f\\bord%.1f\\shad0\\3c&H202020&", size, line)
    if settings.plates then
        for _, head in ipairs(heads_at(time)) do
            local character = episode.characters[head.who]
            local left = osd.ml + head.box[1] * width / episode.width
            local top = osd.mt + head.box[2] * height / episode.height
            local right = osd.ml + head.box[3] * width / episode.width
            local bottom = osd.mt + head.box[4] * height / episode.height
            lines[#lines + 1] = string.format(
                "{\\an7\\pos(0,0)\\shad0\\bord%.1f\\1a&HFF&\\3c&H%s&\\p1}m %.0f %.0f l %.0f %.0f %.0f %.0f %.0f %.0f",
                line, character.colour, left, top, right, top, right, bottom, left, bottom)
            local anchor, y = 2, top - line -- above the head, or inside the box where there is no room
            if top - size < 0 then anchor, y = 8, top + line end
            lines[#lines + 1] = string.format("{\\an%d\\pos(%.0f,%.0f)\\q2%s\\1c&H%s&}%s", anchor,
                (left + right) / 2, y, style, character.colour, plain(character.name))
        end
    end
    if settings.list then
        local names = {}
        for _, who in ipairs(people_at(time)) do
            local character = episode.characters[who]
            names[#names + 1] = string.format("{\\1c&H%s&}%s", character.colour, plain(character.name))
        end
        if #names == 0 then names[1] = "{\\1c&HC8C8C8&}No one recognised" end
        lines[#lines + 1] = string.format("{\\an7\\pos(%.0f,%.0f)\\q2%s}", math.max(osd.ml, 0) + size / 2,
            math.max(osd.mt, 0) + size / 2, style) .. table.concat(names, "\\N")
    end
    return table.concat(lines, "\n")
end

local function draw()
    local time = current_time()
    local osd = mp.get_property_native("osd-dimensions")
    if not (visible and episode and time and osd and osd.w > 0) then
        overlay:remove()
        return
    end
    overlay.res_x, overlay.res_y = osd.w, osd.h
    overlay.data = drawing(time, osd)
    overlay:update()
end

local function chosen_name()
    return chosen == 0 and "Anyone" or plain(episode.characters[chosen].name)
end

-- The times at which the chosen character appears.
local function starts()
    local found, last_end = {}, -1
    for _, appearance in ipairs(episode.appearances) do
        if chosen == 0 or appearance[1] == chosen then
            if appearance[2] > last_end + 1 then found[#found + 1] = appearance[2] end
            last_end = math.max(last_end, appearance[3])
        end
    end
    return found
end

local function set_chapters()
    if settings.chapters == "no" or not episode then return end
    if not own_chapters and mp.get_property_number("chapter-list/count", 0) > 0 then return end
    local chapters = {}
    if settings.chapters == "character" then
        for _, start in ipairs(starts()) do chapters[#chapters + 1] = {title = chosen_name(), time = start} end
    else
        for _, chapter in ipairs(episode.chapters) do
            chapters[#chapters + 1] = {title = chapter[2], time = chapter[1]}
        end
    end
    own_chapters = true
    mp.set_property_native("chapter-list", chapters)
end

local function known()
    if not episode then mp.osd_message("This video is not in the library") end
    return episode ~= nil
end

local function toggle()
    if not known() then return end
    visible = not visible
    if visible then mp.observe_property("time-pos", "number", draw) else mp.unobserve_property(draw) end
    draw()
end

local function choose(name)
    if not known() then return end
    if name then
        local wanted = 0
        for i, character in ipairs(episode.characters) do
            if character.name == name then wanted = i end
        end
        chosen = wanted
    else
        chosen = (chosen + 1) % (#episode.characters + 1)
    end
    mp.osd_message(string.format("%s: %d appearances", chosen_name(), #starts()))
    if settings.chapters == "character" then set_chapters() end
end

local function jump(forward)
    if not known() then return end
    local time, target, number = mp.get_property_number("time-pos", 0), nil, 0
    local times = starts()
    for i, start in ipairs(times) do
        if forward and start > time + 0.1 then
            target, number = start, i
            break
        elseif not forward and start < time - 1 then
            target, number = start, i
        end
    end
    if not target then
        mp.osd_message(string.format("%s: no %s appearance", chosen_name(), forward and "later" or "earlier"))
        return
    end
    mp.commandv("seek", target, "absolute+exact")
    mp.osd_message(string.format("%s: appearance %d of %d", chosen_name(), number, #times))
end

mp.register_event("file-loaded", function()
    chosen, own_chapters = 0, false
    episode = episode_that_plays()
    set_chapters()
    draw()
end)
mp.register_event("end-file", function()
    episode = nil
    draw()
end)
mp.observe_property("osd-dimensions", "native", function() if visible then draw() end end)

mp.add_key_binding("X", "toggle", toggle)
mp.add_key_binding("c", "choose", function() choose() end)
mp.add_key_binding("n", "next", function() jump(true) end)
mp.add_key_binding("N", "previous", function() jump(false) end)

-- For other scripts: `script-message-to simpsons_xray choose "Homer Simpson"`, and `ask`, which is answered by
-- the message `simpsons-xray-state` with JSON; with a width and a height, the answer contains the drawing.
mp.register_script_message("choose", choose)
mp.register_script_message("ask", function(width, height)
    local time = current_time()
    local state = {visible = visible}
    if episode and time then
        state.id, state.title, state.chosen = episode.id, episode.title, chosen_name()
        state.heads, state.names = heads_at(time), {}
        for _, who in ipairs(people_at(time)) do
            state.names[#state.names + 1] = episode.characters[who].name
        end
        if width and height then
            local size = {w = tonumber(width), h = tonumber(height), ml = 0, mr = 0, mt = 0, mb = 0}
            state.drawing = drawing(time, size)
        end
    end
    mp.commandv("script-message", "simpsons-xray-state", (utils.format_json(state)))
end)

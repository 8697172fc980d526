# find_package(nangolite) gives nangolite::nangolite, from where this file lies: the installed tree may be moved.
include(CMakeFindDependencyMacro)
find_dependency(SQLite3)

if(NOT TARGET nangolite::nangolite)
  get_filename_component(_nangolite_libdir "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
  find_library(NANGOLITE_LIBRARY nangolite PATHS "${_nangolite_libdir}" NO_DEFAULT_PATH REQUIRED)
  find_path(NANGOLITE_INCLUDE_DIR nangolite.h
    PATHS "${_nangolite_libdir}/../include" "${_nangolite_libdir}/../../include" NO_DEFAULT_PATH REQUIRED)
  add_library(nangolite::nangolite UNKNOWN IMPORTED)
  set_target_properties(nangolite::nangolite PROPERTIES
    IMPORTED_LOCATION "${NANGOLITE_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${NANGOLITE_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES SQLite::SQLite3)
  mark_as_advanced(NANGOLITE_LIBRARY NANGOLITE_INCLUDE_DIR)
endif()
